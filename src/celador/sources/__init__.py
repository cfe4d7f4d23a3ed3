"""Where replies come from: Modbus links to real or simulated devices."""
