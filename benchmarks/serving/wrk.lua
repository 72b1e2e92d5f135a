-- Sends the lines of a file as bodies, one after the other, and prints what came of it as a line of JSON.
-- Arguments: the file, and how many of its lines to skip.

local requests, count, sent = {}, 0, 0

function init(args)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  for line in io.lines(args[1]) do
    count = count + 1
    requests[count] = wrk.format(nil, nil, nil, line)
  end
  sent = tonumber(args[2])
end

function request()
  sent = sent + 1
  return requests[(sent - 1) % count + 1]
end

function done(summary, latency)
  local errors = summary.errors
  local format = '{"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f, '
    .. '"errors": {"connect": %d, "read": %d, "write": %d, "timeout": %d, "status not 2xx or 3xx": %d}}\n'
  io.write(string.format(format, summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3,
    errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
