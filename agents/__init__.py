"""Who wants what: one file a role. Agents act in the world of `sim`, which never imports them."""
