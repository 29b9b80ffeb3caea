"""Who may call a route, where the gateway's own authoriser cannot tell."""
