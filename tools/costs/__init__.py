"""What a stage costs, calculated from its synthesised templates."""
