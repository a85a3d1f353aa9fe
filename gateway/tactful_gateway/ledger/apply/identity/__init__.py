"""Who a person is: ids that become one, wishes that hold for all of them, and being forgotten."""
