"""Words, colours and the station page: what the agent's and the centre's pages share."""
