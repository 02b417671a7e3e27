"""What each number and chart is: shown on a question mark beside it."""

MEANING = {
    # Data
    "dataset size": "How many labelled examples the dataset has. Files that could not be used are not counted; the "
    "Import tab lists them, with the reasons.",
    "classes": "How many different labels the examples have. A model can only predict these classes.",
    "train": "The examples that models are trained on. Accuracy on them says little about accuracy on new examples.",
    "val": "The examples used to choose settings, epochs and runs. Fine-tuning is never trained on them. The linear "
    "probe is fitted on train and val, and its results on val are out of fold: each example is predicted by a model "
    "that was not fitted on it.",
    "test": "The examples held back until all choices are made. Accuracy on them estimates accuracy on new data of "
    "the same kind.",
    "class counts": "How many examples of each class are in each split. A class with few examples is harder to "
    "learn, and its metrics are less certain.",
    "metadata": "The columns that came with the data, such as patient, camera or date, and properties measured from "
    "each example. You can filter by them in Explore and compare metrics by them in Results. If a column is the "
    "group, all examples that share its value are in the same split.",
    # Module
    "values trained": "How many of the module's trainable parameters will be trained. The more parameters are "
    "trained, the more examples are needed.",
    "group values": "How many parameters the layer group has, and their share of all parameters of the module. "
    "Groups near the output are often the largest.",
    "value range": "The range of pixel values that the module was trained on. Pictures are converted to it. With "
    "the wrong range, feature vectors hardly differ between pictures.",
    "module input": "Height, width and colour channels of the module's input. Pictures of other sizes are resized.",
    "feature length": "The length of the feature vector that the module computes for each example. The head "
    "predicts from this vector alone.",
    "parameters": "How many parameters the pretrained module has. A module with more parameters is slower, and "
    "often more accurate.",
    # Train
    "estimate": "The estimated duration of the run on this machine, based on earlier runs if there are any. Time in "
    "the queue is not counted.",
    "epoch": "How many passes over the train examples are complete, and how many are planned. Training may stop "
    "early if val loss does not improve.",
    "train accuracy": "Accuracy on the train examples in the last epoch. If it is far above the accuracy on val, "
    "the model is overfitting.",
    "val accuracy": "Accuracy on val after the last epoch. The epoch with the lowest val loss after temperature "
    "scaling is kept.",
    "speed": "Train examples processed per second in the last epoch. It depends on the machine and on which layer "
    "groups are trained.",
    "time left": "How long the remaining epochs would take at the current speed. It is shorter if training stops "
    "early.",
    "epochs": "Loss and accuracy on train and val after each epoch. The epoch with the lowest val loss after "
    "temperature scaling (dotted line) is kept, because the unscaled loss can rise with confidence even while the "
    "model improves. Epoch 0 is the model before fine-tuning; it is kept if no epoch is better.",
    "strengths": "Loss and accuracy of the linear probe for each value of C that was tried. A smaller C is a "
    "stronger L2 penalty. The smallest C whose cross-validation loss is within one standard error of the lowest is "
    "chosen.",
    # Results
    "accuracy": "The share of examples whose most probable class is the true one. The 95 % confidence interval "
    "(Wilson) shows how uncertain it is with this number of examples.",
    "macro precision": "The mean precision of the classes that have examples. Precision is the share of the "
    "predictions of a class that are right. Every class counts the same, however rare it is.",
    "macro recall": "The mean recall of the classes that have examples. Recall is the share of a class's examples "
    "that are predicted as that class. Every class counts the same, however rare it is.",
    "macro f1": "The mean F1 of the classes that have examples. F1 is high only if precision and recall are both "
    "high. Every class counts the same, however rare it is.",
    "baselines": "The same metrics for two simple models: a linear probe on the module as it came, and a model that "
    "always predicts the most frequent class. The probe is fitted on train and val, and its results on val are out "
    "of fold. A run that does not beat both has learned nothing useful.",
    "confusion matrix": "How many examples of each true class (row) were predicted as each class (column). Correct "
    "predictions lie on the diagonal. Colours follow the square root of the values, which keeps rare confusions "
    "visible.",
    "by class": "Precision, recall and F1 of each class, and the class that its examples are most often mistaken "
    "for. A value is 0 if there are no examples or predictions to compute it from.",
    "highest loss": "The examples whose true class gets the lowest probability from the model, worst first. They "
    "are often confident mistakes, wrong labels or unusual examples.",
    "slices": "A slice is all examples that share a value of a metadata column, or that lie in one range of a "
    "number, date or property. Each slice is compared with all other examples by the chosen metric. p is from Fisher's "
    "exact test for accuracy and from a permutation test for the other metrics, corrected for the number of slices in "
    "all columns (Holm). Intervals are 95 %: Wilson's for accuracy, from the bootstrap for the other metrics. Slices "
    "are sorted by the better end of the interval of the difference, so a slice does not come first merely because it "
    "has few examples.",
    "compared slices": "A slice is all examples that share a value of a metadata column, or that lie in one range "
    "of a number, date or property. Each run is compared with A on the same examples by the chosen metric. p is from "
    "McNemar's exact test for accuracy and from a randomization test for the other metrics, corrected for the number "
    "of slices and runs (Holm). Intervals are 95 %; those of differences are from a paired bootstrap. Slices are "
    "sorted by the better end of the interval of the difference: first come those on which the run is most clearly "
    "worse than A, not those with few examples.",
    # Explore
    "embedding map": "Each point is an example. Examples with similar feature vectors lie close together. A map of "
    "few dimensions can't show everything: examples with similar feature vectors may still be far apart on it.",
    # Effect of fine-tuning
    "loss": "The mean of −log of the probability given to the true class (cross-entropy). Lower is better.",
    "gained": "How many examples the linear probe gets wrong and this epoch gets right.",
    "lost": "How many examples the linear probe gets right and this epoch gets wrong.",
    "before": "Measured on the feature vectors of the module as it came. The 95 % interval is shown below.",
    "after": "Measured on the feature vectors of the module after fine-tuning. The 95 % interval is shown below.",
    "difference": "After minus before, on the same examples. If the 95 % interval below contains 0, the difference "
    "may be due to chance.",
    # Predict
    "new accuracy": "The share of these examples whose most probable class is the true one, with its 95 % interval "
    "(Wilson). If it is far below the run's accuracy on val, these examples probably differ from the dataset.",
    "probabilities": "The probability that the model gives each class, highest first. The probabilities of all "
    "classes add up to 100 %. The Calibration tab of Results shows how reliable they are.",
    "nearest": "The train examples whose feature vectors are nearest to this one's, by cosine distance.",
    "predicted examples": "How many of these files could be read and have a known label. The metrics are computed "
    "on these.",
    # Runs
    "run accuracy": "The share of the dataset's val examples that the run predicts correctly. It can't be used to "
    "compare runs on different datasets.",
    "probe accuracy": "Validation accuracy of the run's linear probe, before any layer was trained. It is what "
    "fine-tuning has to beat.",
    "run seconds": "The computing time of the run: feature vectors, training and evaluation. Time in the queue is "
    "not counted.",
    "groups trained": "How many layer groups of the module were fine-tuned. 0 means a linear probe, or a head on a "
    "frozen module.",
    # Calibration
    "mean confidence": "The mean probability of the predicted classes. In a calibrated model, mean confidence "
    "equals accuracy.",
    "calibration error": "The expected calibration error (Guo et al., 2017): the gap between confidence and "
    "accuracy in each of 15 ranges of confidence, averaged with the number of examples in each range as weights. It "
    "is 0 % if predictions made with 80 % confidence are right 80 % of the time, and likewise for every other "
    "confidence.",
    "error by chance": "Even a perfectly calibrated model shows some calibration error on this number of examples. "
    "In 95 % of cases it stays below this value, so a calibration error below it is no evidence of miscalibration.",
    "temperature": "The number that the model's logits are divided by to make its confidence fit the val split "
    "best. Predicted classes do not change. Above 1, the model was overconfident; below 1, underconfident.",
    "temperatures": "Calibration error and loss (the mean of −log of the true class's probability) of the model's "
    "own probabilities and of the probabilities after temperature scaling. The 95 % intervals are from a bootstrap, "
    "paired for the change: if the interval of the change does not contain 0, the change is unlikely to be due to "
    "chance.",
    "reliability": "Each bar is the accuracy of the predictions in one range of confidence, with its 95 % interval "
    "(Wilson). Where a bar ends below the dotted line, the model is overconfident. The lower bars show how many "
    "examples each range has.",
    "decided precision": "The share of the decided predictions that are right, with its 95 % interval (Wilson). A "
    "prediction is decided if its confidence is at least the threshold.",
    "decided recall": "The share of all examples that are decided and predicted correctly. It can only fall as the "
    "threshold rises.",
    "decided": "How many predictions have a confidence of at least the threshold. For a single class, only "
    "predictions of that class are counted.",
    "examples": "How many examples of the split the numbers are computed on. For a single class, only examples of "
    "that class are counted.",
    "threshold": "The lowest confidence at which a prediction of this class is decided. It is the threshold of all "
    "classes unless you set one for this class.",
    "each class": "What the thresholds do to the predictions of each class, and to its examples. A dash means that "
    "there are no examples or predictions to compute the value from.",
    "class precision": "The share of the decided predictions of this class that are right. A dash means that there "
    "are none.",
    "class recall": "The share of this class's examples that are decided and predicted correctly. A dash means that "
    "the split has no examples of the class.",
    "undecided": "The share of examples whose prediction has a confidence below the threshold; a person should "
    "check these. A higher threshold leaves more examples undecided, and the decided predictions are usually more "
    "accurate.",
    "thresholds": "Precision, recall and the share left undecided at every threshold. The vertical line is the "
    "chosen threshold. A good threshold gives the precision you need and leaves no more examples undecided than you "
    "can check.",
    "promised": "The share of new examples whose set should contain the true class. Split conformal prediction "
    "guarantees it for new data from the same source as val, whatever the model. A worse model needs larger sets.",
    "coverage": "The share of test examples whose set contains the true class, with its 95 % interval (Wilson). The "
    "sets are fitted on val only, so test shows whether the target coverage is reached.",
    "set size": "The mean number of classes in a set, with its 95 % bootstrap interval. The closer to 1, the more "
    "informative the sets are.",
    "single": "The share of examples whose set contains exactly one class, with its 95 % interval (Wilson).",
    "empty": "The share of examples for which no class is probable enough, with its 95 % interval (Wilson). Either "
    "the examples are unlike those the model was trained on, or the target coverage is so low that some sets can be "
    "empty.",
    "set sizes": "How many examples have a set with no class, one class, two classes, and so on. If the model tells "
    "the classes apart well, most sets contain one class.",
    "class coverage": "Coverage and mean set size for the examples of each class. The target coverage is for all "
    "examples together, so a hard class may lie below it and an easy one above.",
    "roc": "At every threshold on a class's probability, the true positive rate (the share of the class's examples "
    "above the threshold) against the false positive rate (the share of all other examples above it). The closer a "
    "curve is to the upper left corner, the better. The dotted line is random guessing.",
    "precision and recall": "At every threshold on a class's probability, precision (the share of the examples "
    "above the threshold that are of the class) against recall (the share of the class's examples above the "
    "threshold). For a rare class, this is more informative than the ROC curve.",
    "areas": "The area under the ROC curve and the average precision of each class against the rest, with 95 % "
    "bootstrap intervals. If the intervals of two classes lie far apart, the difference is unlikely to be due to "
    "chance.",
    "auc": "The probability that a random example of the class gets a higher probability for the class than a "
    "random example of another class. 1 is perfect, 0.5 is random guessing.",
    "average precision": "The mean of the precisions at each threshold, weighted by the increase in recall. 1 is "
    "perfect; random guessing gives the class's share of the examples.",
}
