"""Pictures of paths and neighbourhoods as one HTML file: layout, routes, bundles and the page.

From outside: `draw_paths` and `draw_neighbourhood` of `page`.
May import: the same as `kg.show`.
"""
