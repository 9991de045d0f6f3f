"""How many calls a tenant takes. Pure: others store the bucket and answer 429."""
