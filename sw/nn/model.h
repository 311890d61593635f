// SPDX-License-Identifier: Apache-2.0
// A network: its layers, what they learn, and its loss.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sw/nn/bags.h"
#include "sw/nn/description.h"
#include "sw/nn/dropout.h"
#include "sw/nn/interaction.h"
#include "sw/nn/layer.h"
#include "sw/nn/loss.h"

namespace gradcore::nn {

// What the data give and ask for.
struct DataShape {
  std::uint32_t inputs = 0;           // features of a row; of text: size of the vocabulary
  std::uint32_t classes = 0;          // numbers that a label may be; of text likewise
  std::uint32_t sequence = 1;         // rows that belong together: a chunk has whole ones
  bool is_text = false;               // inputs are numbers of tokens
  std::vector<BagShape> tables = {};  // of categories, beside the inputs
};

// An element each, of instructions that only give tokens.
struct Idle {
  View operand, loaded, product, cleared;
};

class Model {
 public:
  // Throws compiler::CompileError for layers that do not fit each other or the data.
  Model(const Description& description, const DataShape& data,
        Residence residence = Residence::kAll);
  ~Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  const Description& description() const { return description_; }
  const DataShape& data() const { return data_; }
  const Matrices& matrices() const { return matrices_; }
  Parameters& parameters() { return parameters_; }
  const Parameters& parameters() const { return parameters_; }
  const std::vector<Constant>& constants() const { return constants_; }
  const Idle& idle() const { return idle_; }
  std::uint32_t outputs() const { return outputs_; }
  // Rows of the chunks of a mini-batch.
  const std::vector<std::uint32_t>& chunks() const { return chunks_; }
  std::uint32_t rows() const;  // of all chunks
  std::uint32_t input_width() const { return data_.is_text ? 1 : data_.inputs; }

  // A step: a chunk goes through all layers before the next one does, so that little of it is in
  // memory at a time; the results of the last layer, of each chunk. In training the way back is
  // layer by layer, for the sake of the gradients of the parameters.
  struct Data {
    Value input;
    View labels;  // a row
  };
  std::vector<Value> emit(Step& step, const std::vector<Data>& chunks) {
    return emit(step, chunks, 0);
  }
  // The same without the first layer, whose results are the data's input; and that layer alone.
  std::vector<Value> emit_behind_first(Step& step, const std::vector<Data>& chunks) {
    return emit(step, chunks, 1);
  }
  std::vector<Value> emit_first(Step& step, const std::vector<Value>& inputs);
  // The results of the last layer for the next token of a sequence.
  Value emit_next(Step& step, Cache& cache, const Value& token);
  const View& mean_loss() const { return loss_->mean(); }

  // Where dense and sparse features meet; null in models without tables.
  Interaction* interaction() { return interaction_; }
  const Interaction* interaction() const { return interaction_; }
  Tables& tables() { return tables_; }
  const Tables& tables() const { return tables_; }
  // Whether elements are left out at random: a step then needs its number (dropout.h).
  bool has_dropout() const { return dropouts_ > 0; }
  // Multiply-accumulates of a training step, useful ones only.
  double step_macs() const;

 private:
  std::vector<Value> emit(Step& step, const std::vector<Data>& chunks, std::size_t first);
  std::unique_ptr<Layer> make_watched(const LayerDescription& layer, const std::string& path);
  std::unique_ptr<Layer> make(const LayerDescription& layer, const std::string& path);
  std::shared_ptr<const Dropping> dropping(const LayerDescription& layer);
  std::vector<std::unique_ptr<Layer>> make_all(const std::vector<LayerDescription>& layers,
                                               const std::string& path);

  Description description_;
  DataShape data_;
  Matrices matrices_;
  Idle idle_;
  Parameters parameters_;
  std::vector<Constant> constants_;
  std::vector<std::uint32_t> chunks_;
  std::uint32_t width_ = 0;  // of what the layers made so far give
  std::uint32_t outputs_ = 0;
  unsigned residuals_ = 0;       // in the whole network
  std::uint32_t dropouts_ = 0;   // made so far
  Parameter* tokens_ = nullptr;  // of the embedding
  Tables tables_;
  Interaction* interaction_ = nullptr;
  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<std::size_t> first_parameters_;  // number of the first one of each layer
  std::unique_ptr<Loss> loss_;
};

}  // namespace gradcore::nn
