"""Results made visible: tables and figures."""
