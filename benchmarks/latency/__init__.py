"""How soon a picture comes after the click, and how old it is: ours and MediaMTX's."""
