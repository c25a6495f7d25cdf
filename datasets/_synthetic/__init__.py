"""The renderer behind the data set ``synthetic``: one scene, one geometry, two cameras (visible and infrared)."""
