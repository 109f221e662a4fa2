"""Cameras that speak ONVIF; the only place that knows zeep and the descriptions of onvif-zeep."""
