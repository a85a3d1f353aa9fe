"""The Tactful SDK: ask the gateway at a touchpoint whether to ask the person something."""
