module barbossa-telemetry/is-healthy

go 1.25
