"""Detectors behind one protocol: YOLOX by ONNX Runtime, files of ultralytics, and a small one of our own."""
