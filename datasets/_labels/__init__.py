"""Readers of annotation files: VOC XML, YOLO text, ground truths of sequences."""
