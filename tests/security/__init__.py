"""What attackers try, generated over all calls there are: each file one kind of fault."""
