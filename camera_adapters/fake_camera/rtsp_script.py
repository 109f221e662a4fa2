"""An RTSP server of GStreamer, run by the system's own Python, which has its bindings.

It reads one JSON object from its standard input (host, port, user, password, certificate or null,
and streams, each with path, udp and codec), prints `ready`, and serves until its standard input is
closed. Each stream is an MPEG transport stream that comes in live by UDP on the loopback interface:
a file source would be asked to seek by clients, and refuse.
"""

import json
import sys
import threading

PARTS = {"h264": ("h264parse", "rtph264pay"), "hevc": ("h265parse", "rtph265pay")}


def launch_line(udp: int, codec: str) -> str:
    """The pipeline of one stream."""
    parse, pay = PARTS[codec]
    return (
        f"( udpsrc address=127.0.0.1 port={udp} buffer-size=4194304 ! tsparse set-timestamps=true"
        f" ! tsdemux latency=100 ! {parse} config-interval=-1 ! {pay} name=pay0 pt=96 )"
    )


def main() -> None:
    """Serve."""
    # The bindings are those of the system's Python; the tests of the package import this file too.
    import gi  # noqa: PLC0415

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    gi.require_version("GstRtsp", "1.0")
    from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: PLC0415

    Gst.init(None)
    wish = json.loads(sys.stdin.readline())
    server = GstRtspServer.RTSPServer()
    server.set_address(wish["host"])
    server.set_service(str(wish["port"]))
    guard = GstRtspServer.RTSPAuth()
    guard.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    if wish["certificate"] is not None:
        guard.set_tls_certificate(Gio.TlsCertificate.new_from_file(wish["certificate"]))
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    guard.add_digest(wish["user"], wish["password"], token)
    server.set_auth(guard)
    rights = GstRtspServer.RTSPPermissions()
    for right in ("media.factory.access", "media.factory.construct"):
        rights.add_permission_for_role("viewer", right, True)  # noqa: FBT003 - its signature
    for stream in wish["streams"]:
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(launch_line(stream["udp"], stream["codec"]))
        factory.set_shared(True)
        factory.set_permissions(rights)
        server.get_mount_points().add_factory(stream["path"], factory)
    if not server.attach(None):
        print(f"port {wish['port']} cannot be had", flush=True)  # noqa: T201 - the protocol
        raise SystemExit(2)
    print("ready", flush=True)  # noqa: T201 - the protocol
    loop = GLib.MainLoop()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.quit()), daemon=True).start()
    loop.run()


if __name__ == "__main__":
    main()
