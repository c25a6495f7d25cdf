"""What a fusion costs: parameters, operations, time, memory."""
