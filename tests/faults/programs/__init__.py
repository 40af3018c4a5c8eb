"""Programs: the services as they are, in processes that can be told to fail.

Each reads ``FAULTS_…`` variables, arranges the faults and calls the service's own main.
"""
