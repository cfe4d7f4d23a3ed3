"""The dashboards of the stack's Grafana, as code: `python -m grafana.build` writes their JSON."""
