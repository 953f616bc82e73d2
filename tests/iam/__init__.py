"""What AWS would say of a call: no engine on one machine enforces IAM, so tests judge every call themselves."""
