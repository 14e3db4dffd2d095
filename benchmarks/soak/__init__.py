"""Ten thousand viewers come and leave: what do they leave behind?"""
