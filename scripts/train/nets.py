"""The three networks, each with its in-graph preprocessing (uint8 NHWC RGB in) for export.

RiderDetector: YOLOX-nano with folded BN, initialised from the COCO ONNX file (Apache-2.0).
HeadFinder: CenterNet-style ReLU CNN, stride 4. HeadClassifier: small ReLU CNN, 64x64.
"""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

DETECTOR_LABELS = ["rider_group", "two_wheeler", "person"]
CLASSIFIER_LABELS = ["worn", "bare", "unreadable"]
GARMENT_LABELS = ["t_shirt", "shirt", "jacket", "vest", "unreadable"]
STRIDES = (8, 16, 32)


class Conv(nn.Module):
    """Convolution with bias (BN folded) and SiLU."""

    def __init__(self, c_in, c_out, k=1, s=1, groups=1):
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, k, s, k // 2, groups=groups)

    def forward(self, x):
        return F.silu(self.conv(x))


def dw_conv(c_in, c_out, s=1):
    return nn.Sequential(Conv(c_in, c_in, 3, s, c_in), Conv(c_in, c_out))


class Bottleneck(nn.Module):
    def __init__(self, c, shortcut):
        super().__init__()
        self.conv1, self.conv2, self.shortcut = Conv(c, c), dw_conv(c, c), shortcut

    def forward(self, x):
        y = self.conv2(self.conv1(x))
        return x + y if self.shortcut else y


class Csp(nn.Module):
    def __init__(self, c_in, c_out, n=1, shortcut=True):
        super().__init__()
        c = c_out // 2
        self.conv1, self.conv2 = Conv(c_in, c), Conv(c_in, c)
        self.m = nn.Sequential(*[Bottleneck(c, shortcut) for _ in range(n)])
        self.conv3 = Conv(2 * c, c_out)

    def forward(self, x):
        return self.conv3(torch.cat([self.m(self.conv1(x)), self.conv2(x)], 1))


class Spp(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv1, self.conv2 = Conv(c, c // 2), Conv(c * 2, c)

    def forward(self, x):
        x = self.conv1(x)
        return self.conv2(torch.cat([x] + [F.max_pool2d(x, k, 1, k // 2) for k in (5, 9, 13)], 1))


class Head(nn.Module):
    """One level of the decoupled head. Registration order = order of the ONNX initialisers."""

    def __init__(self, c_in, n_classes):
        super().__init__()
        self.stem = Conv(c_in, 64)
        self.cls_convs = nn.Sequential(dw_conv(64, 64), dw_conv(64, 64))
        self.cls_pred = nn.Conv2d(64, n_classes, 1)
        self.reg_convs = nn.Sequential(dw_conv(64, 64), dw_conv(64, 64))
        self.reg_pred, self.obj_pred = nn.Conv2d(64, 4, 1), nn.Conv2d(64, 1, 1)

    def forward(self, x):
        x = self.stem(x)
        r = self.reg_convs(x)
        return torch.cat([self.reg_pred(r), self.obj_pred(r), self.cls_pred(self.cls_convs(x))], 1)


class YoloxNano(nn.Module):
    """RGB float 0-255 NCHW -> raw [B, N, 5 + classes] (dx, dy, log w, log h, obj logit, class logits) over strides 8, 16, 32."""

    def __init__(self, n_classes):
        super().__init__()
        self.stem = Conv(12, 16, 3)
        self.dark2 = nn.Sequential(dw_conv(16, 32, 2), Csp(32, 32, 1))
        self.dark3 = nn.Sequential(dw_conv(32, 64, 2), Csp(64, 64, 3))
        self.dark4 = nn.Sequential(dw_conv(64, 128, 2), Csp(128, 128, 3))
        self.dark5 = nn.Sequential(dw_conv(128, 256, 2), Spp(256), Csp(256, 256, 1, False))
        self.lateral0, self.c3_p4 = Conv(256, 128), Csp(256, 128, 1, False)
        self.reduce1, self.c3_p3 = Conv(128, 64), Csp(128, 64, 1, False)
        self.bu2, self.c3_n3 = dw_conv(64, 64, 2), Csp(128, 128, 1, False)
        self.bu1, self.c3_n4 = dw_conv(128, 128, 2), Csp(256, 256, 1, False)
        self.heads = nn.ModuleList([Head(c, n_classes) for c in (64, 128, 256)])

    def backbone(self, x):
        """Stem to dark3: the part that can be frozen."""
        tl, tr, bl, br = x[..., ::2, ::2], x[..., ::2, 1::2], x[..., 1::2, ::2], x[..., 1::2, 1::2]
        return self.dark3(self.dark2(self.stem(torch.cat([tl, bl, tr, br], 1))))

    def neck_and_heads(self, x2):
        x1 = self.dark4(x2)
        x0 = self.dark5(x1)
        f0 = self.lateral0(x0)
        f1 = self.reduce1(self.c3_p4(torch.cat([F.interpolate(f0, scale_factor=2.0), x1], 1)))
        p3 = self.c3_p3(torch.cat([F.interpolate(f1, scale_factor=2.0), x2], 1))
        p4 = self.c3_n3(torch.cat([self.bu2(p3), f1], 1))
        p5 = self.c3_n4(torch.cat([self.bu1(p4), f0], 1))
        outs = [h(p) for h, p in zip(self.heads, (p3, p4, p5))]
        return torch.cat([o.flatten(2) for o in outs], 2).transpose(1, 2)

    def forward(self, x):
        return self.neck_and_heads(self.backbone(x))


def yolox_grid(height, width):
    """Cell corners [N, 2] in cells and strides [N, 1], in the order of YoloxNano's output."""
    cells, strides = [], []
    for s in STRIDES:
        y, x = torch.meshgrid(torch.arange(height // s), torch.arange(width // s), indexing="ij")
        cells.append(torch.stack([x, y], 2).reshape(-1, 2).float())
        strides.append(torch.full((cells[-1].shape[0], 1), float(s)))
    return torch.cat(cells), torch.cat(strides)


def yolox_decode(raw, cells, strides):
    """Raw [..., 4] -> cx, cy, w, h in input pixels."""
    return torch.cat([(raw[..., :2] + cells) * strides, torch.exp(raw[..., 2:4].clamp(max=8)) * strides], -1)


def load_coco(net, path, rows=None, beginning=False):
    """Copies the ONNX initialisers in order; swaps the stem to RGB; picks class rows (list of lists, averaged). beginning: only as far as the net goes."""
    import onnx
    from onnx import numpy_helper
    graph = onnx.load(path).graph
    init = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    pairs = [[init[i] for i in n.input if i in init] for n in graph.node if n.op_type == "Conv"]
    convs = [m for m in net.modules() if isinstance(m, nn.Conv2d)]
    pairs = pairs[:len(convs)] if beginning else pairs
    assert len(pairs) == len(convs), f"{path}: {len(pairs)} convolutions, expected {len(convs)}"
    for k, ((w, b), conv) in enumerate(zip(pairs, convs)):
        if k == 0:
            w = w.reshape(16, 4, 3, 3, 3)[:, :, ::-1].reshape(16, 12, 3, 3).copy()
        if rows is not None and w.shape[0] == 80:
            w, b = np.stack([w[r].mean(0) for r in rows]), np.stack([b[r].mean(0) for r in rows])
        assert tuple(conv.weight.shape) == w.shape, f"{path}: convolution {k} is {w.shape}, expected {tuple(conv.weight.shape)}"
        conv.weight.data.copy_(torch.from_numpy(w.copy()))
        conv.bias.data.copy_(torch.from_numpy(b.copy()))
    return net


class DetectorExport(nn.Module):
    """frame uint8 [1, H, W, 3] -> candidates [1, N, 7]: cx, cy, w, h (input pixels), three scores."""

    def __init__(self, net, height=384, width=640):
        super().__init__()
        self.net = net
        cells, strides = yolox_grid(height, width)
        self.register_buffer("cells", cells)
        self.register_buffer("strides", strides)

    def forward(self, frame):
        raw = self.net(frame.permute(0, 3, 1, 2).float())
        score = torch.sigmoid(raw[..., 4:5]) * torch.sigmoid(raw[..., 5:])
        return torch.cat([yolox_decode(raw, self.cells, self.strides), score], -1)


def conv_bn(c_in, c_out, k=3, s=1):
    return nn.Sequential(nn.Conv2d(c_in, c_out, k, s, k // 2, bias=False), nn.BatchNorm2d(c_out), nn.ReLU(inplace=True))


class Residual(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.a = conv_bn(c, c)
        self.b = nn.Sequential(nn.Conv2d(c, c, 3, 1, 1, bias=False), nn.BatchNorm2d(c))

    def forward(self, x):
        return F.relu(x + self.b(self.a(x)))


class HeadFinder(nn.Module):
    """RGB float -1..1 [B, 3, 128, 160] -> raw [B, 5, 32, 40]: heat logit, dx, dy (cells), log w, log h (units of 32 px)."""

    def __init__(self):
        super().__init__()
        self.s4 = nn.Sequential(conv_bn(3, 16, 3, 2), conv_bn(16, 32, 3, 2), Residual(32))
        self.s8 = nn.Sequential(conv_bn(32, 64, 3, 2), Residual(64))
        self.s16 = nn.Sequential(conv_bn(64, 96, 3, 2), Residual(96))
        self.lat16, self.fuse8 = conv_bn(96, 64, 1), conv_bn(64, 64)
        self.lat8, self.fuse4 = conv_bn(64, 32, 1), conv_bn(32, 48)
        self.out = nn.Conv2d(48, 5, 1)
        self.out.bias.data = torch.tensor([-3.0, 0.5, 0.5, 0.0, 0.0])

    def forward(self, x):
        a = self.s4(x)
        b = self.s8(a)
        c = self.s16(b)
        b = self.fuse8(b + F.interpolate(self.lat16(c), scale_factor=2.0))
        return self.out(self.fuse4(a + F.interpolate(self.lat8(b), scale_factor=2.0)))


class FinderExport(nn.Module):
    """crops uint8 [B, 128, 160, 3] -> heads [B, 1280, 5]: score (0 off the 3x3 peaks), cx, cy, w, h in crop pixels."""

    def __init__(self, net):
        super().__init__()
        self.net = net
        y, x = torch.meshgrid(torch.arange(32), torch.arange(40), indexing="ij")
        self.register_buffer("grid", torch.stack([x, y]).float()[None])

    def forward(self, crops):
        raw = self.net((crops.permute(0, 3, 1, 2).float() - 127.5) / 127.5)
        heat = torch.sigmoid(raw[:, :1])
        heat = heat * (F.max_pool2d(heat, 3, 1, 1) == heat).float()
        centre = (raw[:, 1:3] + self.grid) * 4
        size = torch.exp(raw[:, 3:5].clamp(-3, 3)) * 32
        return torch.cat([heat, centre, size], 1).flatten(2).transpose(1, 2)


class HeadClassifier(nn.Module):
    """RGB float 0..1 [B, 3, 64, 64] -> logits [B, 3] (worn, bare, unreadable). A small residual network (He et al. 2015)."""

    WIDTHS = (16, 32, 48, 80, 128)

    @classmethod
    def of_width(cls, factor):
        return cls(tuple(max(8, round(w * factor / 8) * 8) for w in cls.WIDTHS))

    def __init__(self, widths=WIDTHS):
        super().__init__()
        a, b, c, d, e = widths
        self.body = nn.Sequential(conv_bn(3, a, 3, 2), conv_bn(a, b), conv_bn(b, c, 3, 2), Residual(c), conv_bn(c, d, 3, 2), Residual(d), conv_bn(d, e, 3, 2))
        self.drop, self.fc = nn.Dropout(0.2), nn.Linear(e, 3)

    def forward(self, x):
        return self.fc(self.drop(self.body(x).mean((2, 3))))


class ClassifierExport(nn.Module):
    """heads uint8 [B, 64, 64, 3] -> probabilities [B, 3], softmax(logits / temperature)."""

    def __init__(self, net, temperature=1.0):
        super().__init__()
        self.net, self.temperature = net, float(temperature)

    def forward(self, heads):
        return torch.softmax(self.net(heads.permute(0, 3, 1, 2).float() / 255) / self.temperature, 1)


class Trunk(nn.Module):
    """Stem to dark3 of YoloxNano: RGB float 0-255 [B, 3, H, W] -> [B, 64, H / 8, W / 8]."""

    def __init__(self):
        super().__init__()
        whole = YoloxNano(1)
        self.stem, self.dark2, self.dark3 = whole.stem, whole.dark2, whole.dark3

    forward = YoloxNano.backbone


class GarmentTop(nn.Module):
    """dark4 of YoloxNano and the classes: [B, 64, 12, 10] -> logits [B, 5] (GARMENT_LABELS)."""

    def __init__(self):
        super().__init__()
        self.dark4 = YoloxNano(1).dark4
        self.drop, self.fc = nn.Dropout(0.3), nn.Linear(128, len(GARMENT_LABELS))

    def forward(self, x):
        return self.fc(self.drop(self.dark4(x).mean((2, 3))))


class GarmentClassifier(nn.Module):
    """RGB float 0-255 [B, 3, 96, 80] -> logits [B, 5]: the first half of the COCO network, because the labels are few."""

    def __init__(self):
        super().__init__()
        self.trunk, self.top = Trunk(), GarmentTop()

    def forward(self, x):
        return self.top(self.trunk(x))
