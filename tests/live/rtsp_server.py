"""A real RTSP server for the tests of live cameras; run it with the system's python3 (python3-gi).

Usage: rtsp_server.py PORT MOUNT=CODEC... [--user NAME [--tls CERTIFICATE_AND_KEY.pem]]
                      [--only tcp|udp]

It serves what it is given on stdin, as a camera does: whoever connects gets what is sent from then
on, beginning in the middle of a group of pictures. Messages on stdin: one byte, which mount; four
bytes, length, most significant first; then one access unit in Annex B form. With a password the
first line of stdin is the password, and clients must give it by digest authentication; with --tls
they must speak rtsps:// as well; with --only it refuses the other transport. It ends with stdin.
Prints "ready" when clients may connect.
"""
# mypy: ignore-errors

import argparse
import struct
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

CAPS = "video/x-{codec},stream-format=byte-stream,alignment=au"
BARE = "video/x-{codec}"
"""Of codecs that have one form only."""
SOURCE = "appsrc name=in is-live=true format=time do-timestamp=true block=false caps={caps}"
PAYLOADER = "rtp{codec}pay name=pay0 pt=96"
REPEATED = " config-interval=-1"
"""What says how large a picture is, before each key frame."""


class Mount(GstRtspServer.RTSPMediaFactory):
    """One stream; all clients share what is sent."""

    def __init__(self, codec):
        super().__init__()
        self.codec = codec
        self.source = None
        self.set_shared(True)

    def do_create_element(self, _url):
        is_bare = self.codec.startswith("vp")
        caps = (BARE if is_bare else CAPS).format(codec=self.codec)
        line = SOURCE.format(caps=caps) + " ! " + PAYLOADER.format(codec=self.codec)
        line += "" if is_bare else REPEATED
        element = Gst.parse_launch(f"( {line} )")
        self.source = element.get_by_name("in")
        return element

    def push(self, unit):
        if self.source is not None:
            self.source.emit("push-buffer", Gst.Buffer.new_wrapped(unit))


def feed(mounts, loop):
    """Hand on what comes on stdin until it ends."""
    while len(head := sys.stdin.buffer.read(5)) == 5:
        number, length = struct.unpack(">BI", head)
        mounts[number].push(sys.stdin.buffer.read(length))
    loop.quit()


def demand_password(server, mounts, user, password, tls):
    auth = GstRtspServer.RTSPAuth()
    if tls is not None:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(tls))
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_digest(user, password, token)
    server.set_auth(auth)
    for mount in mounts:
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_permission_for_role("viewer", "media.factory.access", True)
        permissions.add_permission_for_role("viewer", "media.factory.construct", True)
        mount.set_permissions(permissions)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port")
    parser.add_argument("mounts", nargs="+")
    parser.add_argument("--user")
    parser.add_argument("--tls")
    parser.add_argument("--only", choices=["tcp", "udp"])
    options = parser.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(options.port)
    mounts = []
    for text in options.mounts:
        path, _, codec = text.partition("=")
        mounts.append(Mount(codec))
        if options.only is not None:
            mounts[-1].set_protocols(getattr(GstRtsp.RTSPLowerTrans, options.only.upper()))
        server.get_mount_points().add_factory(f"/{path}", mounts[-1])
    if options.user is not None:
        password = sys.stdin.buffer.readline().decode().rstrip("\n")
        demand_password(server, mounts, options.user, password, options.tls)
    if server.attach(None) == 0:
        sys.exit(f"port {options.port} is taken")
    loop = GLib.MainLoop()
    threading.Thread(target=feed, args=(mounts, loop), daemon=True).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    loop.run()


main()
