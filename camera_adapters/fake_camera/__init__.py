"""A camera that is none: ONVIF over SOAP, pictures over HTTP, video over RTSP, faults on request.

No simulator of ONVIF can be had, so tests speak to this one through the same client as to real
cameras, and a newcomer can try the live system without a camera. It reads what it is sent and
answers by the standard, or against it where a fault of `quirks.py` is switched on.
"""
