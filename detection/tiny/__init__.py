"""The small detector of our own: network, what it learns from, and its loss; wholly this project's code."""
