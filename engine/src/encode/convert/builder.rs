//! Builds a graph node by node: tensors are named by what makes them, weights are quantised on their way in.

use prost::Message;

use super::Precision;
use super::proto::*;
use crate::encode::checkpoint::{Layer, LayerAttention, Matrix};
use crate::encode::operators;

/// Version of ONNX' own operators: the first that has `Gelu`.
const OPERATOR_SET: i64 = 20;
const IR_VERSION: i64 = 9;

/// Name of a tensor in the graph.
pub(super) type Tensor = String;

/// A graph in the making.
pub(super) struct Builder {
    precision: Precision,
    graph: GraphProto,
}

impl Builder {
    /// A graph over packed sequences; the names of its inputs are those of `GraphLayout::Packed`.
    pub(super) fn new(precision: Precision) -> Self {
        let named = |name: &str| Side::Named(name.to_owned());
        let input = |name, side| ValueInfoProto::tensor(name, INT64, &[named(side)]);
        let graph = GraphProto {
            name: "encoder".to_owned(),
            input: vec![
                input("input_ids", "tokens"),
                input("positions", "tokens"),
                input("starts", "sequences_and_one"),
                input("attended", "sequences"),
                input("rows", "rows"),
            ],
            ..GraphProto::default()
        };
        Self { precision, graph }
    }

    /// The finished model, whose output is `tensor`.
    pub(super) fn finish(mut self, tensor: &str, width: usize) -> Vec<u8> {
        self.push("Identity", "", &[tensor], "token_vectors", Vec::new());
        let sides = [Side::Named("rows".to_owned()), Side::Fixed(width as i64)];
        self.graph.output.push(ValueInfoProto::tensor("token_vectors", FLOAT, &sides));
        let set = |domain: &str, version| OperatorSetIdProto { domain: domain.to_owned(), version };
        let model = ModelProto {
            ir_version: IR_VERSION,
            producer_name: "maxsimd".to_owned(),
            graph: Some(self.graph),
            opset_import: vec![set("", OPERATOR_SET), set(operators::DOMAIN, 1)],
        };
        model.encode_to_vec()
    }

    /// Rows of a table by id.
    pub(super) fn embed(&mut self, name: &str, table: &Matrix, ids: &str) -> Tensor {
        match self.precision {
            Precision::F32 => {
                let weights = self.matrix(&format!("{name}.weight"), table);
                self.node("Gather", name, &[&weights, ids])
            }
            Precision::Int8 => {
                let (levels, scales) = quantize(table);
                let levels = self.levels(&format!("{name}.levels"), table, levels);
                let scales = self.floats(&format!("{name}.scales"), &[table.rows, 1], &scales);
                let levels = self.node("Gather", &format!("{name}.row"), &[&levels, ids]);
                let to = vec![AttributeProto::int("to", FLOAT.into())];
                let levels = self.push("Cast", "", &[&levels], &format!("{name}.wide"), to);
                let scales = self.node("Gather", &format!("{name}.scale"), &[&scales, ids]);
                self.node("Mul", name, &[&levels, &scales])
            }
        }
    }

    /// `x weights + bias`.
    pub(super) fn linear(&mut self, name: &str, x: &str, layer: &Layer) -> Tensor {
        match self.precision {
            Precision::F32 => {
                let weights = self.matrix(&format!("{name}.weight"), &layer.weights);
                let bias = self.bias(name, layer);
                self.push("Gemm", "", &[x, &weights, &bias], name, vec![AttributeProto::int("transB", 1)])
            }
            Precision::Int8 => {
                let [levels, scales, bias] = self.quantized(name, layer);
                self.push(operators::LINEAR, operators::DOMAIN, &[x, &levels, &scales, &bias], name, Vec::new())
            }
        }
    }

    /// `outer(gelu(inner(x)))`; where inner gives twice what outer takes, its second half is a gate.
    pub(super) fn feed_forward(&mut self, name: &str, x: &str, inner: &Layer, outer: &Layer) -> Tensor {
        let (first, second) = (format!("{name}.inner"), format!("{name}.outer"));
        if self.precision == Precision::Int8 {
            let [inner, outer] = [(&first, inner), (&second, outer)].map(|(name, layer)| self.quantized(name, layer));
            let inputs = [&[x.to_owned()], &inner[..], &outer[..]].concat();
            let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
            return self.push(operators::FEED_FORWARD, operators::DOMAIN, &inputs, name, Vec::new());
        }
        let wide = self.linear(&first, x, inner);
        let opened = match inner.weights.rows == outer.weights.columns {
            true => self.gelu(name, &wide),
            false => {
                let (open, gate) = self.halves(name, &wide);
                let open = self.gelu(name, &open);
                self.node("Mul", &format!("{name}.gated"), &[&open, &gate])
            }
        };
        self.linear(&second, &opened, outer)
    }

    /// Levels, scales and biases of a layer.
    fn quantized(&mut self, name: &str, layer: &Layer) -> [Tensor; 3] {
        let (levels, scales) = quantize(&layer.weights);
        let levels = self.levels(&format!("{name}.levels"), &layer.weights, levels);
        let scales = self.floats(&format!("{name}.scales"), &[layer.weights.rows], &scales);
        [levels, scales, self.bias(name, layer)]
    }

    fn bias(&mut self, name: &str, layer: &Layer) -> Tensor {
        let zeros = vec![0.0; layer.weights.rows];
        self.floats(&format!("{name}.bias"), &[layer.weights.rows], layer.bias.as_ref().unwrap_or(&zeros))
    }

    pub(super) fn gelu(&mut self, name: &str, x: &str) -> Tensor {
        self.node("Gelu", &format!("{name}.gelu"), &[x])
    }

    /// The two halves of each row.
    fn halves(&mut self, name: &str, x: &str) -> (Tensor, Tensor) {
        let outputs = [format!("{name}.first"), format!("{name}.second")];
        let attributes = vec![AttributeProto::int("axis", -1), AttributeProto::int("num_outputs", 2)];
        self.push_all("Split", "", &[x], outputs.to_vec(), attributes);
        let [first, second] = outputs;
        (first, second)
    }

    /// A node of ONNX' own with one output and no attributes, named as its output.
    pub(super) fn node(&mut self, operator: &str, name: &str, inputs: &[&str]) -> Tensor {
        self.push(operator, "", inputs, name, Vec::new())
    }

    /// The same of another domain or with attributes.
    pub(super) fn push(
        &mut self,
        operator: &str,
        domain: &str,
        inputs: &[&str],
        output: &str,
        attribute: Vec<AttributeProto>,
    ) -> Tensor {
        self.push_all(operator, domain, inputs, vec![output.to_owned()], attribute);
        output.to_owned()
    }

    fn push_all(
        &mut self,
        operator: &str,
        domain: &str,
        inputs: &[&str],
        output: Vec<String>,
        attribute: Vec<AttributeProto>,
    ) {
        self.graph.node.push(NodeProto {
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            name: output[0].clone(),
            output,
            op_type: operator.to_owned(),
            attribute,
            domain: domain.to_owned(),
        });
    }

    /// Normalised rows.
    pub(super) fn norm(&mut self, name: &str, x: &str, norm: &Norm<'_>) -> Tensor {
        let (gain, bias) = self.norm_weights(name, norm);
        let attributes = vec![AttributeProto::int("axis", -1), AttributeProto::float("epsilon", norm.epsilon)];
        self.push("LayerNormalization", "", &[x, &gain, &bias], name, attributes)
    }

    /// Normalised rows of `x + y`, and the sum itself.
    pub(super) fn norm_of_sum(&mut self, name: &str, x: &str, y: &str, norm: &Norm<'_>) -> (Tensor, Tensor) {
        let (gain, bias) = self.norm_weights(name, norm);
        let sum = format!("{name}.sum");
        let outputs = vec![name.to_owned(), sum.clone()];
        let attributes = vec![AttributeProto::float("epsilon", norm.epsilon)];
        self.push_all(operators::ADD_NORM, operators::DOMAIN, &[x, y, &gain, &bias], outputs, attributes);
        (name.to_owned(), sum)
    }

    fn norm_weights(&mut self, name: &str, norm: &Norm<'_>) -> (Tensor, Tensor) {
        let zeros = vec![0.0; norm.gain.len()];
        let gain = self.floats(&format!("{name}.gain"), &[norm.gain.len()], norm.gain);
        let bias = self.floats(&format!("{name}.bias"), &[norm.gain.len()], norm.bias.unwrap_or(&zeros));
        (gain, bias)
    }

    /// Attention over packed sequences; `x` holds queries, keys and values.
    pub(super) fn attention(&mut self, name: &str, x: &str, attention: &Attention) -> Tensor {
        let LayerAttention { reach, rotary } = attention.shape;
        let reach = reach.map_or(-1, |reach| reach as i64);
        let attributes = vec![
            AttributeProto::int("heads", attention.heads as i64),
            AttributeProto::int("reach", reach),
            AttributeProto::float("rotary", rotary.unwrap_or(0.0)),
        ];
        self.push(operators::ATTENTION, operators::DOMAIN, &[x, "starts", "attended"], name, attributes)
    }

    fn matrix(&mut self, name: &str, matrix: &Matrix) -> Tensor {
        self.floats(name, &[matrix.rows, matrix.columns], &matrix.values)
    }

    fn floats(&mut self, name: &str, dims: &[usize], values: &[f32]) -> Tensor {
        let raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.initializer(name, dims, FLOAT, raw_data)
    }

    fn levels(&mut self, name: &str, matrix: &Matrix, levels: Vec<i8>) -> Tensor {
        let raw_data = levels.into_iter().map(i8::cast_unsigned).collect();
        self.initializer(name, &[matrix.rows, matrix.columns], INT8, raw_data)
    }

    fn initializer(&mut self, name: &str, dims: &[usize], data_type: i32, raw_data: Vec<u8>) -> Tensor {
        let dims = dims.iter().map(|&side| side as i64).collect();
        self.graph.initializer.push(TensorProto { dims, data_type, name: name.to_owned(), raw_data });
        name.to_owned()
    }
}

/// A layer normalisation.
pub(super) struct Norm<'a> {
    pub(super) gain: &'a [f32],
    pub(super) bias: Option<&'a [f32]>,
    pub(super) epsilon: f32,
}

/// Shape of a layer's attention.
pub(super) struct Attention {
    pub(super) heads: usize,
    pub(super) shape: LayerAttention,
}

/// Levels -127 to 127 of each row, and what a level is worth in it.
fn quantize(matrix: &Matrix) -> (Vec<i8>, Vec<f32>) {
    let mut levels = Vec::with_capacity(matrix.values.len());
    let mut scales = Vec::with_capacity(matrix.rows);
    for row in matrix.values.chunks_exact(matrix.columns) {
        let most = row.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        let scale = if most > 0.0 { most / 127.0 } else { 1.0 };
        levels.extend(row.iter().map(|value| level(value / scale)));
        scales.push(scale);
    }
    (levels, scales)
}

#[expect(clippy::cast_possible_truncation, reason = "at most 127 from zero, and rounded")]
fn level(value: f32) -> i8 {
    value.round_ties_even() as i8
}
