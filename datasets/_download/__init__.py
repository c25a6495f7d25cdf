"""From a public address to a data set's folder: transfer, check, unpack, move into place."""
