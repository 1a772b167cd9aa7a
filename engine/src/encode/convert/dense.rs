//! Projections after the encoder: ColBERT's linear layer, or several with what lies between them.

use super::builder::{Builder, Tensor};
use crate::encode::checkpoint::{Activation, Projection, Residual};

/// What is left of rows after all projections.
pub(super) fn projections(builder: &mut Builder, mut rows: Tensor, projections: &[Projection]) -> Tensor {
    for (number, projection) in projections.iter().enumerate() {
        let name = format!("projection{number}");
        let out = builder.linear(&name, &rows, &projection.layer);
        let activated = format!("{name}.activated");
        let out = match projection.activation {
            Activation::None => out,
            Activation::Gelu => builder.gelu(&name, &out),
            Activation::Relu => builder.node("Relu", &activated, &[&out]),
            Activation::Tanh => builder.node("Tanh", &activated, &[&out]),
            Activation::Silu => {
                let gate = builder.node("Sigmoid", &format!("{name}.gate"), &[&out]);
                builder.node("Mul", &activated, &[&out, &gate])
            }
        };
        let sum = format!("{name}.sum");
        rows = match &projection.residual {
            Residual::None => out,
            Residual::Input => builder.node("Add", &sum, &[&out, &rows]),
            Residual::Projected(layer) => {
                let around = builder.linear(&format!("{name}.around"), &rows, layer);
                builder.node("Add", &sum, &[&out, &around])
            }
        };
    }
    rows
}
