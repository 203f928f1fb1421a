"""The documentation site: pages of the checkout and a reference of the schema, built with Zensical. See decision 66."""
