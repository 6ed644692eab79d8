"""A Profile T camera by other hands (GStreamer's ONVIF server): its backchannel writes what it hears, as G.711, into a file."""

import argparse
import ctypes
import signal

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

PR_SET_PDEATHSIG = 1
CODECS = {"PCMU": (0, "rtppcmudepay"), "PCMA": (8, "rtppcmadepay")}


def main():
    flags = argparse.ArgumentParser()
    flags.add_argument("heard")
    flags.add_argument("--codec", choices=CODECS, default="PCMU")
    flags.add_argument("--user", required=True)
    flags.add_argument("--password", required=True)
    given = flags.parse_args()

    # The server dies with the test process, however that ends.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    Gst.init(None)
    server = GstRtspServer.RTSPOnvifServer.new()
    server.set_address("127.0.0.1")
    server.set_service("0")
    auth = GstRtspServer.RTSPAuth.new()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    token = GstRtspServer.RTSPToken.new()
    token.set_string("media.factory.role", "speaker")
    auth.add_digest(given.user, given.password, token)
    server.set_auth(auth)
    payload, depayloader = CODECS[given.codec]
    factory = GstRtspServer.RTSPOnvifMediaFactory.new()
    factory.set_launch("( audiotestsrc is-live=true wave=silence ! mulawenc ! rtppcmupay name=pay0 )")
    factory.set_backchannel_launch(
        f'( capsfilter caps="application/x-rtp,media=audio,payload={payload},clock-rate=8000,encoding-name={given.codec}"'
        f' name=depay_backchannel ! {depayloader} ! filesink location="{given.heard}" buffer-mode=unbuffered async=false )'
    )
    factory.set_media_gtype(GstRtspServer.RTSPOnvifMedia.__gtype__)
    factory.set_shared(False)
    factory.add_role_from_structure(
        Gst.Structure.new_from_string("speaker,media.factory.access=(boolean)true,media.factory.construct=(boolean)true")
    )
    server.get_mount_points().add_factory("/live", factory)
    loop = GLib.MainLoop()
    if server.attach(None) == 0:
        raise SystemExit("cannot listen")
    print(server.get_bound_port(), flush=True)
    loop.run()


main()
