"""What a company is worth: inputs, segment DCF, stories, research, bridge, sensitivity."""
