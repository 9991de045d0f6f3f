"""One marshmallow class for each component of openapi.yaml, under the same name; queries under their operation's."""
