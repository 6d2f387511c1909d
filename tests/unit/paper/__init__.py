"""The paper venue, part by part, without sockets."""
