"""Labelled pictures as other tools keep them: YOLO, COCO, CVAT."""
