"""The Model Context Protocol at /mcp: tools with which AI agents find, check and run operations, within the limits of
/graphql."""
