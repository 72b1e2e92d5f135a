-- The benchmark's script, with a pause before each request: of PAUSE_MS on average, and never in step.

dofile(os.getenv("WRK_SCRIPT"))

local twice = 2 * tonumber(os.getenv("PAUSE_MS"))

function delay()
  return math.random(0, twice)
end
