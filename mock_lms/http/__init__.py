"""What every HTTP door shares: the call, its body and parameters, fields, and refusals as answers."""
