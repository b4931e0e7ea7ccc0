// Package kubernetes holds the versions of what the chart is tested against; the programs are the tools of go.mod.
package kubernetes

// Controller-gen makes the custom resource definitions of Prometheus' operator of its types.
import _ "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
