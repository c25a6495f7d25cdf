"""Objects found on images: detectors, average precision, its intervals. Imports the ground floor only."""
