"""SQL that belongs to on-call's migrations: finding pagings whose turn has come, across programs."""

# No turn is further ahead than its policy waits. What seems to be was written before the host's clock was set
# back: it is due at once, or nobody would be sought until the clock has caught up. (`t` is the paging.)
TOO_FAR_AHEAD = """t.look_again_at > holdfast_now() + make_interval(secs => 5 + least(3600, greatest(120,
    case when jsonb_typeof(t.policy->'wait_s') = 'number' then (t.policy->>'wait_s')::float8 else 0 end)))"""
