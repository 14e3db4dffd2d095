"""The station's own page: for the technician on site, with or without a link to the centre."""
