"""Tables from result files. Imports no torch: a run can be read where it could not be made."""
