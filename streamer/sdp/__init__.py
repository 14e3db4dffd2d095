"""Session descriptions as WHIP and WHEP use them: offers read, answers written. Pure."""
