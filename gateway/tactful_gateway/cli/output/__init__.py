"""What commands print alike: problems with their places, and the policy in force in words."""
