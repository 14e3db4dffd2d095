"""RTP and RTCP: packets in order, pictures out of packets, reports. Pure."""
