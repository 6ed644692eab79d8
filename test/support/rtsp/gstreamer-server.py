"""An RTSP server by other hands (GStreamer's) for tests: serves one MP4 at /live until it is killed; prints its port."""

import argparse
import ctypes
import signal

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

PR_SET_PDEATHSIG = 1

# qtdemux names its pads by medium; config-interval=-1 repeats the parameter sets with every keyframe.
PAYLOADERS = {
    "h264": "h264parse config-interval=-1 ! rtph264pay name=pay0 pt=96",
    "h265": "h265parse config-interval=-1 ! rtph265pay name=pay0 pt=96",
}


def access(user, password):
    """Digest for one user; the role decides what the factory allows."""
    auth = GstRtspServer.RTSPAuth.new()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    token = GstRtspServer.RTSPToken.new()
    token.set_string("media.factory.role", "viewer")
    auth.add_digest(user, password, token)
    return auth


def main():
    flags = argparse.ArgumentParser()
    flags.add_argument("film")
    flags.add_argument("--codec", choices=PAYLOADERS, default="h264")
    flags.add_argument("--port", default="0")
    flags.add_argument("--user")
    flags.add_argument("--password")
    given = flags.parse_args()

    # The server dies with the test process, however that ends.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    Gst.init(None)
    server = GstRtspServer.RTSPServer.new()
    server.set_address("127.0.0.1")
    server.set_service(given.port)
    factory = GstRtspServer.RTSPMediaFactory.new()
    factory.set_launch(f'( filesrc location="{given.film}" ! qtdemux name=d d.video_0 ! queue ! {PAYLOADERS[given.codec]} )')
    factory.set_shared(False)
    if given.user:
        server.set_auth(access(given.user, given.password))
        factory.add_role_from_structure(
            Gst.Structure.new_from_string(
                "viewer,media.factory.access=(boolean)true,media.factory.construct=(boolean)true"
            )
        )
    server.get_mount_points().add_factory("/live", factory)
    loop = GLib.MainLoop()
    if server.attach(None) == 0:
        raise SystemExit(f"cannot listen on port {given.port}")
    print(server.get_bound_port(), flush=True)
    loop.run()


main()
