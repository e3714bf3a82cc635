"""The service and its page: `musecritic serve`.

One process answers HTTP and never touches a network; worker processes do the work, each job in a
folder of its own. What is told of a job is the record of the command of the same name.
"""
