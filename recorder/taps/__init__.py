"""A camera's packets for whoever else wants them, without capture waiting for anybody."""
